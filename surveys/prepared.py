"""Queries that every request asks: Django works their SQL out once per process instead of each time.

That working out takes ten times as long as asking the database. What a query asks stays a queryset, so nothing here
knows any table.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)

# Stand in for the keys while a query is worked out; no row has such a key.
PLACES = tuple(range(-9_000_000_000_000_000_009, -9_000_000_000_000_000_000))


class Prepared(Generic[M]):
    """A query for rows of a model. `build` makes the queryset; all that may differ between two calls are keys, which
    are numbers or texts.

    query = Prepared(lambda user_id: User.objects.filter(pk=user_id))
    query(3)
    """

    def __init__(self, build: Callable[..., QuerySet[M]]) -> None:
        self.build = build
        self.shape: _Shape[M] | None = None

    def __call__(self, *keys: int | str) -> list[M]:
        """The rows for these keys; one query."""
        if self.shape is None:
            self.shape = _Shape(self.build(*PLACES[: len(keys)]))
        return self.shape.rows(keys)


class _Shape(Generic[M]):
    """The SQL of a queryset, and how its rows become instances: the steps of Django's own `ModelIterable`."""

    def __init__(self, queryset: QuerySet[M]) -> None:
        compiler: Any = queryset.query.get_compiler("default")
        self.sql, self.params = compiler.as_sql()
        self.compiler = compiler
        select, kinds = compiler.select, compiler.klass_info
        self.model = queryset.model
        self.columns = slice(kinds["select_fields"][0], kinds["select_fields"][-1] + 1)
        self.fields = [column[0].target.attname for column in select[self.columns]]
        self.related = get_related_populators(kinds, select, "default")  # type: ignore[call-arg]  # stubs of Django 6
        self.annotations = compiler.annotation_col_map or {}
        self.converters = compiler.get_converters([column[0] for column in select])

    def rows(self, keys: Sequence[int | str]) -> list[M]:
        filled = {type(key)(place): key for place, key in zip(PLACES, keys, strict=False)}
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [filled.get(param, param) for param in self.params])
            rows = cursor.fetchall()
        if self.converters:
            rows = self.compiler.apply_converters(rows, self.converters)
        return [self._instance(row) for row in rows]

    def _instance(self, row: Sequence[Any]) -> M:
        instance = self.model.from_db("default", self.fields, row[self.columns])
        for related in self.related:
            related.populate(row, instance)
        for name, place in self.annotations.items():
            setattr(instance, name, row[place])
        return instance
