"""Open pages are told in beats: at once, then a few times a second, all together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise

from console import live
from console.live import Fragments, Live, Paced

SOON_S = 2.0


class Counter:
    """A page's news: how often it was asked, and a number that changes."""

    def __init__(self) -> None:
        self.now = 0
        self.asked = 0
        self._told: int | None = None

    def __call__(self) -> Fragments:
        """The number, where it changed."""
        self.asked += 1
        if self._told == self.now:
            return {}
        self._told = self.now
        return {"number": str(self.now)}


def _run(play: Callable[[Live], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        beating = Live()
        await beating.start()
        try:
            await asyncio.wait_for(play(beating), 10)
        finally:
            await beating.stop()

    asyncio.run(all_of_it())


async def _next(stream: AsyncIterator[Fragments]) -> Fragments:
    return await asyncio.wait_for(anext(stream), SOON_S)


def test_a_page_is_told_everything_at_once_and_then_what_changed() -> None:
    async def play(beating: Live) -> None:
        counter = Counter()
        stream = beating.stream(counter)
        assert await _next(stream) == {"number": "0"}

        counter.now = 1
        beating.wake()

        assert await _next(stream) == {"number": "1"}

    _run(play)


def test_many_changes_become_few_tellings() -> None:
    async def play(beating: Live) -> None:
        counter = Counter()
        stream = beating.stream(counter)
        await _next(stream)
        told = []

        async def read() -> None:
            async for found in stream:
                told.append(found["number"])
                if found["number"] == "100":
                    return

        reading = asyncio.create_task(read())
        for number in range(1, 101):
            counter.now = number
            beating.wake()
            await asyncio.sleep(0.005)
        await asyncio.wait_for(reading, SOON_S)

        assert told[-1] == "100"
        assert len(told) <= 20

    _run(play)


def test_a_page_is_not_asked_while_nothing_changes() -> None:
    async def play(beating: Live) -> None:
        counter = Counter()
        stream = beating.stream(counter)
        await _next(stream)

        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(3 * live.EVERY_S)
        asked = counter.asked
        waiting.cancel()

        assert asked == 1

    _run(play)


def test_all_pages_are_told_in_the_same_beat() -> None:
    async def play(beating: Live) -> None:
        counters = [Counter() for _ in range(3)]
        streams = [beating.stream(counter) for counter in counters]
        for stream in streams:
            await _next(stream)
        loop = asyncio.get_running_loop()
        times = []

        async def read(stream: AsyncIterator[Fragments]) -> None:
            await anext(stream)
            times.append(loop.time())

        readers = [asyncio.create_task(read(stream)) for stream in streams]
        await asyncio.sleep(0)
        for counter in counters:
            counter.now = 1
        beating.wake()
        await asyncio.wait_for(asyncio.gather(*readers), SOON_S)

        assert max(times) - min(times) < live.EVERY_S / 2

    _run(play)


def test_pages_that_take_long_to_fill_in_are_told_less_often() -> None:
    async def play(beating: Live) -> None:
        loop = asyncio.get_running_loop()
        asked = []

        def slow() -> Fragments:
            asked.append(loop.time())
            until = loop.time() + 0.2
            while loop.time() < until:
                pass
            beating.wake()  # something changes all the time
            return {"page": "x"}

        stream = beating.stream(slow)
        for _ in range(4):
            await _next(stream)

        rests = [later - before for before, later in pairwise(asked[1:])]
        assert min(rests) >= live.BREATH * 0.2

    _run(play)


def test_streams_end_with_the_console() -> None:
    async def play(beating: Live) -> None:
        stream = beating.stream(Counter())
        await _next(stream)

        beating.end()

        assert [found async for found in stream] == []
        assert beating.pages == 0
        assert beating.full("anybody")

    _run(play)


def test_a_page_that_goes_away_is_forgotten() -> None:
    async def play(beating: Live) -> None:
        stream = beating.stream(Counter())
        await _next(stream)
        assert beating.pages == 1

        await stream.aclose()  # type: ignore[attr-defined]  # it is a generator

        assert beating.pages == 0

    _run(play)


def test_one_session_cannot_take_all_the_streams() -> None:
    async def play(beating: Live) -> None:
        streams = [beating.stream(Counter(), "greedy") for _ in range(live.MOST_OF_ONE)]
        for stream in streams:
            await _next(stream)

        assert beating.full("greedy")
        assert not beating.full("another")

    _run(play)


def test_what_comes_too_soon_is_told_once_it_is_time_though_nothing_follows() -> None:
    now, later, woken = [10.0], [], []
    paced = Paced(
        0.5, lambda: now[0], lambda *call: later.append(call), lambda: woken.append(now[0])
    )

    assert paced.due()
    now[0] = 10.2
    assert not paced.due()
    assert not paced.due()
    ((seconds, again),) = later  # asked for once
    assert 0.29 < seconds < 0.31
    now[0] = 10.5
    again()

    assert woken == [10.5]
    assert paced.due()


def test_what_was_woken_too_early_is_put_off_again() -> None:
    now, later = [10.0], []
    paced = Paced(0.5, lambda: now[0], lambda *call: later.append(call), lambda: None)

    assert paced.due()
    now[0] = 10.2
    assert not paced.due()
    now[0] = 10.49
    later[0][1]()

    assert not paced.due()
    assert len(later) == 2
