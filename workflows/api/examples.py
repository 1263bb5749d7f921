"""Examples for the description: one of each body and answer, made of what its fields say of themselves."""

from typing import Any

from marshmallow import Schema, fields

from voucher.references import reference
from workflows.api.fields import Choice, Day, File, Instant, Key, MoneyField, Part, Reference, Whole

_DAY, _INSTANT, _KEY = "2026-03-02", "2026-03-02T01:00:00+00:00", "01900000-0000-7000-8000-000000000000"


def example_of(schema: type[Schema] | Schema) -> dict[str, Any]:
    """An example of what the schema describes."""
    shape = schema() if isinstance(schema, type) else schema
    return {name: _example(name, field) for name, field in shape.fields.items()
            if not isinstance(field, File)}


def _example(name: str, field: fields.Field[Any]) -> Any:
    if "example" in field.metadata:
        return field.metadata["example"]
    if isinstance(field, Part):
        return example_of(field.schema)
    if isinstance(field, fields.List):
        return [_example(name, field.inner)]
    if isinstance(field, fields.Dict):
        value = field.value_field
        return {"code": _example(name, value)} if value is not None else {}
    return _simple(name, field)


def _simple(name: str, field: fields.Field[Any]) -> Any:
    if isinstance(field, Choice):
        return field.words[0]
    if isinstance(field, Reference):
        return reference(field.letter, 2026, 1)
    if isinstance(field, Whole):
        return max(field.least, 1)
    if isinstance(field, fields.Integer):
        return 1
    by_kind: tuple[tuple[type[fields.Field[Any]], Any], ...] = (
        (Day, _DAY), (Instant, _INSTANT), (Key, _KEY), (MoneyField, "30000.00"), (fields.Boolean, True))
    return next((value for kind, value in by_kind if isinstance(field, kind)), name.replace("_", " "))
