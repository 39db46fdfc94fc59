"""Publishing from Python and from the command line: the one who sends."""
