"""What the engine has counted, as Prometheus is told."""

from prometheus_client import REGISTRY

from hub.engine.counts import Counts
from hub.engine_counts import EngineCounts
from tests.client import connected
from tests.nodes import OpenNode, People


def shown(name: str) -> float:
    value = REGISTRY.get_sample_value(name)
    assert value is not None
    return value


async def test_answers_that_nobody_asked_for_are_shown(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    before = {
        name: shown(f"veza_hub_{name}_total") for name in ("sessions_opened", "stray_packets")
    }
    async with connected(node.url, token) as ada:
        for number in range(3):
            await ada.connection.send(f'43{number}["x"]')
        await ada.ok("room:list", {"scope": "mine"})
        assert shown("veza_hub_stray_packets_total") == before["stray_packets"] + 3
    assert shown("veza_hub_sessions_opened_total") == before["sessions_opened"] + 1


def test_engines_of_a_process_are_added_up() -> None:
    counts = EngineCounts()
    counts.add(Counts(stray_packets=2))
    counts.add(Counts(stray_packets=3, bad_packets=1))
    samples = {s.name: s.value for metric in counts.collect() for s in metric.samples}
    assert samples["veza_hub_stray_packets_total"] == 5
    assert samples["veza_hub_bad_packets_total"] == 1
