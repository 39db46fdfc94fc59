"""What is done to decoded pictures: decode, convert, draw, encode, read the time mark."""
