"""The forms of sound in demand, of one open source. While nobody listens, nothing is done."""

from streamer.clock import Clock
from streamer.errors import MediaError
from streamer.media.border_end import BorderEnd
from streamer.media.sample import SoundFacts, SoundSample
from streamer.media.sound.output import SoundOutput, open_output
from streamer.sound import Form


class Outlets:
    """Opens and closes outputs as the server asks, and the source's tap with them."""

    def __init__(self, facts: SoundFacts | None, border: BorderEnd, clock: Clock) -> None:
        self._facts = facts
        self._border = border
        self._clock = clock
        self._demand: frozenset[Form] = frozenset()
        self._outputs: dict[Form, SoundOutput] = {}

    def meet(self) -> None:
        """Have exactly what is in demand."""
        demand = self._border.sound_demand
        if self._facts is None or demand is self._demand:
            return
        self._demand = demand
        self._outputs = {form: out for form, out in self._outputs.items() if form in demand}
        for form in demand - self._outputs.keys():
            self._open(form, self._facts)
        self._facts.tap.is_open = bool(self._outputs)

    def push(self, sample: SoundSample) -> None:
        """Give one sample to every output."""
        for output in self._outputs.values():
            try:
                output.push(sample)
            except MediaError:
                self._border.count_corrupt()

    def _open(self, form: Form, facts: SoundFacts) -> None:
        try:
            self._outputs[form] = open_output(form, facts, self._border, self._clock)
        except MediaError:
            # A source that came back with other sound: who listens is told and asks again.
            self._border.count_corrupt()
