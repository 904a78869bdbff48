"""docs/metrics.md: every metric that is declared, as Prometheus sees it."""

from types import ModuleType

from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase

import hub.metrics
import storage.metrics

_HEAD = """\
# Metrics

`/metrics` of a web node, to this machine only. Written by `make docs` from each package's
`metrics.py`.

| metric | kind | labels | what it says |
|---|---|---|---|
"""


def metrics_page() -> str:
    """The page, by name of metric."""
    declared = [metric for module in (hub.metrics, storage.metrics) for metric in _declared(module)]
    return _HEAD + "".join(sorted(_row(metric) for metric in declared))


def _declared(module: ModuleType) -> list[MetricWrapperBase]:
    return [value for value in vars(module).values() if isinstance(value, MetricWrapperBase)]


def _row(metric: MetricWrapperBase) -> str:
    [family] = metric.describe()
    # Prometheus shows a counter with the suffix that its family's name has not.
    name = f"{family.name}_total" if isinstance(metric, Counter) else family.name
    labels = ", ".join(metric._labelnames)
    return f"| `{name}` | {family.type} | {labels} | {family.documentation} |\n"
