"""The web process: `granian --interface wsgi monitor.wsgi:application`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monitor.settings")

application = get_wsgi_application()

# What is loaded now stays: without this the garbage collector looks through it again and again. What a request makes is
# mostly gone when it ends, so it looks only after some requests, not several times within each.
gc.collect()
gc.freeze()
gc.set_threshold(20_000)
