"""A questionnaire's definition file: YAML to `Instrument` (parse) and back (dump), byte for byte.

Pure: no Django. A definition is refused as a whole, with every problem at its line.
"""

from surveys.definition.dump import dump
from surveys.definition.parse import parse

__all__ = ["dump", "parse"]
