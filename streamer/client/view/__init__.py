"""The one who watches: messages and frames of a stream in a program."""
