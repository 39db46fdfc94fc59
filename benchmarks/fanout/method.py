"""How the figures of fan-out come about, for the page that shows them."""

METHOD = """\
- The server runs on one core and the load generator on another, both before everything else on
  the machine where that is allowed. Each server has its viewers open all the time, and they take
  turns of a second; a round has one turn of each at each size, so that whatever disturbs the
  machine disturbs all. A ratio is the median of the rounds' ratios.
- CPU is the process's own, user and system, as the operating system accounts for it, between two
  moments when a message is due, over the messages delivered between. Their sum is exact; how it
  is split is the kernel's estimate. The load generator counts messages; a turn in which a viewer
  missed one is taken again.
- `streamer` is the real stream, channel, subscription, pacing, session and protocol under uvicorn;
  what a worker would send is published in the process. Its viewers acknowledge as the player does;
  the others' viewers are silent, which is in the others' favour. Frames of 8 KB and more it writes
  into a file in memory once, and sends from there by `sendfile`; all others copy for each viewer.
- The bare loop is Python's `socket.send` of a prepared frame over blocking sockets, and nothing
  else; the same in a server is that loop over the sockets of a uvicorn that does nothing but keep
  them open: what a server with an event loop costs at least if it copies. Plain ASGI is
  starlette's `send_bytes` from a task and a queue per viewer, on uvicorn's defaults but without
  compression; with it (uvicorn's default where the client offers it) once, a message a second.
  Node `ws` is `client.send` in a loop. Nobody pings.
- To viewers who talk, a kernel acknowledges by TCP later than to silent ones: not when they read,
  but when the next frame comes, which on one machine is at the sender's expense. So that ours do
  not pay for that and the silent viewers of all others not, the viewers ask for the same
  (`TCP_QUICKACK`) after what they say. Without it ours cost a tenth more at 4 and 20 KB.
- What 4 KB to 200 viewers cost beyond the bare loop is the event loop (the same in a server),
  acknowledgements, and Python that runs once in 33 ms and so lies in no cache. Tried, and not
  worth their code: an `io_uring` that sends to all in one call (5 % less at most), and what
  belongs to a viewer side by side in memory (3 %).
- 50 and 200 viewers get 30 messages a second, 1,000 viewers 15.
- The camera is GStreamer's RTSP server, which plays an H.264 clip untouched. `streamer serve` and
  go2rtc are started for it as their users do, on the same core; 200 viewers watch one of them for
  seven seconds, of which five count, then the other. go2rtc's viewers use its WebSocket for Media
  Source Extensions.
- A page stops reading in two ways: its renderer is frozen, as when a computer sleeps, so that the
  browser and the kernel still take what fits into their buffers; or nothing passes on its link,
  so that it also gives up and connects again. The other viewers' p99 is from publishing to the
  last byte received, of as long a time as the stall, and of as long just before it."""
