"""All attacks by name. What an attack does is the first line of its function's docstring."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from siege.attacks import members, oddities, strangers
from siege.camp import Camp


@dataclass(frozen=True)
class Attack:
    """An attack, the number of accounts that it uses, and the data that the first of them has.

    `history` has files to import: so many activities, each with an entry on each of so many days.
    """

    work: Callable[[Camp], Awaitable[None]]
    accounts: int = 0
    history: tuple[tuple[int, int], ...] = ()

    @property
    def told(self) -> str:
        """What it does, in one sentence."""
        return (self.work.__doc__ or "").partition("\n")[0]


COLLECTION = ((50, 6_000), *[(900, 1)] * 20, *[(9_000, 1)] * 8)
"""300,000 entries, and 90,000 more activities, or as many as are taken."""

ATTACKS: Mapping[str, Attack] = {
    "trailers": Attack(strangers.trailers),
    "long-names": Attack(strangers.long_names),
    "login-flood": Attack(strangers.login_flood),
    "names-flood": Attack(strangers.names_flood),
    "lone-login-flood": Attack(strangers.lone_login_flood),
    "healthz-flood": Attack(strangers.healthz_flood),
    "ipv6-rotation": Attack(strangers.ipv6_rotation),
    "large-bodies": Attack(strangers.large_bodies, accounts=1),
    "slow-heads": Attack(strangers.slow_heads),
    "slow-bodies": Attack(strangers.slow_bodies),
    "held-bodies": Attack(strangers.held_bodies),
    "idle": Attack(strangers.idle),
    "deep-json": Attack(oddities.deep_json, accounts=1),
    "garbage": Attack(oddities.garbage, accounts=1),
    "upgrades": Attack(oddities.upgrades, accounts=1),
    "pipelining": Attack(oddities.pipelining),
    "uploads": Attack(members.uploads, accounts=2),
    "batches": Attack(members.batches, accounts=2),
    "held-batches": Attack(members.held_batches, accounts=1),
    "slow-readers": Attack(members.slow_readers, accounts=1, history=((50, 731),)),
    "sleep-stages": Attack(members.sleep_stages, accounts=1),
    "long-steps": Attack(members.long_steps, accounts=1),
    "useless-rows": Attack(members.useless_rows, accounts=2),
    "costly-reads": Attack(members.costly_reads, accounts=1, history=COLLECTION),
    "large-replays": Attack(members.large_replays, accounts=1),
}
