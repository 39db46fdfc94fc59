"""The server: starlette and uvicorn around the hub; no PyAV."""
