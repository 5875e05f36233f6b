"""What the tests of the dashboard's pages share: a server with an hour of an inference service."""

import contextlib
from collections.abc import Iterator

from support.seeding import has_energy, priced, seeded
from support.server import ROOT, Server, wait_until

# Bundled by `make dashboard`, which comes before these tests.
assert (ROOT / "dashboard/dist/index.html").exists(), "dashboard/dist is missing; run 'make dashboard'"


# A page in one theme and language, its neighbours in the other: what they share is looked at in both.
LOOKS = [("light", "en"), ("dark", "ko")]


@contextlib.contextmanager
def inference_site(folder) -> Iterator[Server]:
    instance = Server(folder / "data", environment=priced(folder)).start()
    try:
        seeded(instance)
        # Minutes are computed once they are over for the delay: those of the hour now, at once.
        instance.kill()
        instance.environment["AXONIZE_FLEET_ENERGY_DELAY"] = "1s"
        instance.start()
        wait_until(lambda: has_energy(instance), 60, "the energy of the hour")
        yield instance
    finally:
        instance.close()
