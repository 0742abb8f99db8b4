"""Which stubs of one method have to be rules of the server, and which nothing reaches: steps 2 and 3 of `arrangement`.

Stubs only ever move to the server, or drop out, so what has been seen of a group (the stubs of one path) stays seen:
each keeps the place up to which all have moved. A round costs as much as there are stubs, and pairs of paths of which
one takes all of the other; not as many as the stubs of both multiplied.
"""

from bisect import bisect_left
from typing import Final

from mockwave.formats.notes import refuse
from mockwave.formats.stubs.covering import Patterns
from mockwave.formats.stubs.shared_stubs import StubPaths

MAXIMUM_COVERINGS: Final = 1_000_000
"""The most pairs of paths of which one takes all requests of the other: each round looks at all."""


class Group:
    """The stubs of one path, in their order."""

    def __init__(self, key: str, indices: list[int], paths: StubPaths) -> None:
        self.key = key
        self.indices = indices
        self.covering: list[Group] = []  # the groups for more paths, all of this one among them
        self.covered: list[Group] = []
        self.enders = [index for index in indices if paths.ends_others(index)]
        self.dropped_enders = 0  # the enders before this place are dropped
        self.movable = [index for index in indices if not paths.ends_others(index)]
        self.moved_to = 0  # all that are movable, before this place, are on the server or dropped
        self.naming = [index for index in indices if paths.names_parameters[index]]  # not on the server, not dropped
        self.last_moved = -1  # the last that is a rule of the server,
        self.last_unshared = -1  # and that cannot be left to a route
        self.last_by_operator: int | None = None  # of the rules without a pattern, the last that may take its requests


class Settling:
    """The stubs of one method."""

    def __init__(self, own: list[int], forced: set[int], paths: StubPaths) -> None:
        self._paths = paths
        self.on_server: set[int] = set()
        self.dropped: set[int] = set()
        by_key: dict[str, list[int]] = {}
        for index in own:
            if paths.stubs[index].path is not None:
                by_key.setdefault(paths.pattern_of(index).key, []).append(index)
        self.groups = {key: Group(key, indices, paths) for key, indices in by_key.items()}
        self._group_of = {index: group for group in self.groups.values() for index in group.indices}
        self._link()
        for index in own:
            if index in forced:
                self._move(index)
        self._by_operator = sorted(self.on_server - self._group_of.keys(), reverse=True)

    def _link(self) -> None:
        """Joins each group with those for more paths. Raises SpecificationError if they are too many."""
        patterns = Patterns([self._paths.by_key[key] for key in self.groups])
        count = 0
        for key, group in self.groups.items():
            group.covering = [self.groups[each] for each in patterns.covering(key)]
            count += len(group.covering)
            if count > MAXIMUM_COVERINGS:
                message = (
                    f"its paths take requests of each other in more than {MAXIMUM_COVERINGS} pairs (as `/a/{{x}}` takes"
                    " those of `/a/b`); split the file, or leave some out"
                )
                refuse("", message)
            for broader in group.covering:
                broader.covered.append(group)

    def left_of(self, group: Group) -> list[int]:
        """The stubs of a group that are neither rules of the server nor dropped."""
        return [index for index in group.indices if index not in self.on_server and index not in self.dropped]

    def settle(self) -> None:
        """Repeats steps 2 and 3 until no stub has to move."""
        is_settled = False
        while not is_settled:
            is_settled = True
            for group in self.groups.values():
                left = self.left_of(group)
                if not left:
                    continue
                for broader in group.covering:
                    if self._hide_after(broader, left):
                        is_settled = False
                    if self._move_before(broader, left[-1]):
                        is_settled = False
                if self._move_earlier(group, left):
                    is_settled = False

    def _hide_after(self, broader: Group, left: list[int]) -> bool:
        """Drops what stands after a stub without a condition for more paths. Whether there was any."""
        enders = broader.enders
        while broader.dropped_enders < len(enders) and enders[broader.dropped_enders] in self.dropped:
            broader.dropped_enders += 1
        if broader.dropped_enders == len(enders) or enders[broader.dropped_enders] > left[-1]:
            return False
        ender = enders[broader.dropped_enders]
        for index in left:
            if index > ender:
                self._drop(index)
        return True

    def _move_before(self, broader: Group, last: int) -> bool:
        """Makes rules of the server of stubs for more paths that stand before one for fewer. Whether there were any."""
        is_moved = False
        while broader.moved_to < len(broader.movable):
            index = broader.movable[broader.moved_to]
            if index > last:
                break
            if index not in self.dropped and index not in self.on_server:
                self._move(index)
                is_moved = True
            broader.moved_to += 1
        return is_moved

    def _move_earlier(self, group: Group, left: list[int]) -> bool:
        """Makes rules of the server of the group's stubs that stand before such a rule, or that end before a stub for
        more paths which needs the parameters of its own path. Whether there were any."""
        taker = self._last_taker(group)
        last = taker if taker > left[0] else -1
        stubs = self._paths.stubs
        end = next((index for index in left if not stubs[index].is_conditional), len(stubs))
        for broader in group.covering:
            place = bisect_left(broader.naming, end)
            if place:
                before = bisect_left(left, broader.naming[place - 1])
                if before:
                    last = max(last, left[before - 1] + 1)
        moved = [index for index in left if index < last]
        for index in moved:
            self._move(index)
        return bool(moved)

    def _last_taker(self, group: Group) -> int:
        """Returns the last rule of the server that may answer requests to a group, and is not left to its route;
        or -1."""
        if group.last_by_operator is None:
            pattern = self._paths.by_key[group.key]
            takers = (
                index
                for index in self._by_operator
                if self._paths.may_take_by_operator(index, pattern) and not self._paths.is_shared(index, pattern)
            )
            group.last_by_operator = next(takers, -1)
        last = max(group.last_by_operator, group.last_unshared)
        for broader in group.covering:
            last = max(last, broader.last_unshared)
        for narrower in group.covered:
            last = max(last, narrower.last_moved)
        return last

    def _move(self, index: int) -> None:
        self.on_server.add(index)
        group = self._group_of.get(index)
        if group is not None:
            group.last_moved = max(group.last_moved, index)
            if not self._paths.can_be_shared(index):
                group.last_unshared = max(group.last_unshared, index)
            _take_out(index, group.naming)

    def _drop(self, index: int) -> None:
        self.dropped.add(index)
        _take_out(index, self._group_of[index].naming)


def _take_out(index: int, ordered: list[int]) -> None:
    place = bisect_left(ordered, index)
    if place < len(ordered) and ordered[place] == index:
        del ordered[place]
