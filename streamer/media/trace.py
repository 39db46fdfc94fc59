"""When a picture was decoded here, in its metadata, where its way is to be measured. Pure."""

import json


def traced(meta: bytes | None, decoded_us: int) -> bytes:
    """Metadata with `{"trace": {"decoded_us": N}}`: microseconds from captured to decoded.

    Metadata that is no object has no room for it and stays as it is.
    """
    trace = {"decoded_us": decoded_us}
    if meta is None:
        return _dump({"trace": trace})
    try:
        fields = json.loads(meta)
    except ValueError:
        return meta
    return _dump({**fields, "trace": trace}) if isinstance(fields, dict) else meta


def _dump(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()
