"""The roster as a workbook (XLSX): its columns, writing it, and reading one that somebody offers. No database here.

`columns` says what stands where, `writing` makes the file, `opening` takes an unknown file apart safely, and `reading`
turns its cells into answers or into errors by cell.
"""
