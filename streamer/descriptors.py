"""How many files and connections this process may have open."""

import sys

if sys.platform != "win32":
    import resource

MANY = 65_536


def raise_limit(wanted: int = MANY) -> int:
    """Allow so many descriptors, or as many as the system lets us; returns how many it are now.

    The usual limit, 1024, is for programs that use `select`. Processes started from here inherit
    the new one, and some close every number below it: so it is no higher than it needs to be.
    """
    if sys.platform == "win32":
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return max(soft, most)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (OSError, ValueError):
        return soft  # some kernels allow less than they say
    return most
