"""Style sheets, scripts and fonts on a server: compressed, and named after what is in them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Also the scripts that a script imports: else a browser could run a new script with an old one beside it."""

    support_js_module_import_aggregation = True
