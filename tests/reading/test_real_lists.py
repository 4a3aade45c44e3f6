"""What offices publish today is accepted as it is, byte for byte: with warnings and advice at most."""

from __future__ import annotations

import pytest

from registry.model import Severity
from registry.reading.describe import describe
from registry.validation import validate
from tests.support.places import shared

LISTS = {"codegouvfr/fr-public-sector-ospo.yml": 9, "floss-pso/all_public_sector_ospos.yaml": 18}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_is_published_today_is_accepted(name):
    path = shared(f"data/{name}")
    description = describe(
        path.read_bytes(), media_type="text/yaml", url=f"https://list.example/{path.name}", graph="https://g.example/g"
    )
    report = validate.validate(description)
    assert description.n_triples.count(b"<https://w3id.org/ospo/ns#Office> .") == LISTS[name]
    assert report.accepted
    assert {finding.severity for finding in report.findings} <= {Severity.WARNING, Severity.INFO}
    assert all(finding.line for finding in report.findings)
