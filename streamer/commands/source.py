"""What commands share that open a source themselves, for their own use."""

from streamer.address import Address, Scheme
from streamer.commands.running import check_stdin
from streamer.errors import ConfigError
from streamer.parsing import parse


def own_source(text: str, *, allow_exec: bool) -> Address:
    """The source that an argument names.

    Raises:
        ConfigError: it names none, or none that may be opened here.
    """
    address = parse(text)
    match address.scheme:
        case Scheme.EXEC if not allow_exec:
            raise ConfigError("exec: runs a command on this machine; allow it with --allow-exec.")
        case Scheme.PUBLISH:
            raise ConfigError(
                "publish: is what others send to a server; name something that can be opened."
            )
        case Scheme.STDIN:
            check_stdin()
    return address
