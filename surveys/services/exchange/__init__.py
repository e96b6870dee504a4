"""A wave's answers as files: responses.csv, schools.csv and a codebook. What goes out comes in again as it was."""

from surveys.services.exchange.exporting import wave_export
from surveys.services.exchange.importing import wave_import

__all__ = ["wave_export", "wave_import"]
