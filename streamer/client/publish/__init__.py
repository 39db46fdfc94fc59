"""The one who sends: pictures and packets from a program to a server."""
