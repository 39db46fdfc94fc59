"""How old pictures are wherever they come out, by the mark in them: `streamer probe`."""
