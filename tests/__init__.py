"""The tests. The Dutch catalogue is compiled before anything else is imported: whatever asks for a translation while
Django sets up would find none in a fresh clone, and no test after it would see one.
"""

from tools.messages import compile_catalogues

compile_catalogues()
