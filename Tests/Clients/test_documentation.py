"""docs/integrations.md says what the tests of this folder hold, and shows what they run."""

import os

import pytest
from harness import documentation

pytestmark = pytest.mark.light


def test_the_document_follows_from_the_catalogue():
    text = documentation.DOCUMENT.read_text()
    wanted = documentation.generated(text)
    if os.environ.get("AXONIZE_UPDATE_SNAPSHOTS") == "1":
        documentation.DOCUMENT.write_text(wanted)
    else:
        assert text == wanted, "run this test with AXONIZE_UPDATE_SNAPSHOTS=1 and review the change"
