"""The fMP4 boxer and the bitstream facts it needs: packets to fragments, undecoded. Pure."""
