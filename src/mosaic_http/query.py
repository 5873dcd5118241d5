"""What a query string asks for."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar
from urllib.parse import parse_qsl

from attrs import field, frozen

from mosaic_core.errors import InvalidQuery
from mosaic_core.paging import Page
from mosaic_http.parameters import Paging, Parameter

T = TypeVar("T")


@frozen
class Query:
    """A query's parameters, the last of each name; an empty one counts as not given.

    `names` has the empty ones too. What reads a parameter raises InvalidQuery, naming it, if it is wrong.
    """

    parameters: Mapping[str, str]
    names: frozenset[str]
    _pages: dict[Paging, Page] = field(init=False, factory=dict, eq=False)
    """What was read of the query before: queries are kept, and an operation always asks for the same page."""

    def get(self, parameter: Parameter[T]) -> T:
        """Return the value of the parameter, its default where it is not given."""
        text = self.parameters.get(parameter.name)
        if text is None:
            return parameter.default
        try:
            return parameter.read(text)
        except ValueError as error:
            name = parameter.name
            raise InvalidQuery(f"{name} {error}", {"parameter": name}) from None

    def page(self, paging: Paging) -> Page:
        """Return the asked page."""
        page = self._pages.get(paging)
        if page is None:
            page = self._pages[paging] = Page(self.get(paging.limit), self.get(paging.offset))
        return page


@lru_cache(maxsize=512)
def parsed(text: bytes) -> Query:
    """Return the query that the text states; what clients ask again and again is parsed once."""
    try:
        pairs = parse_qsl(text.decode("latin-1"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise InvalidQuery("The query cannot be read") from None
    given = dict(pairs)
    return Query({name: value for name, value in given.items() if value}, frozenset(given))
