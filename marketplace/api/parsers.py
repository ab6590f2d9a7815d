"""Bodies of requests as JSON that can be stored and answered."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class TextJSONParser(JSONParser):
    """JSON whose depth and whose characters every part behind it can deal with."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The document.

        Raises:
            ParseError: no JSON, nested too deeply, or with half of a surrogate pair in a text.
        """
        try:
            document = super().parse(stream, media_type, parser_context)
            json.dumps(document, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        except UnicodeEncodeError as error:
            raise ParseError("A text in the JSON holds half of a surrogate pair.") from error
        return document
