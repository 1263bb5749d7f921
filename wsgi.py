"""The front door: `flask`, gunicorn and the tests all come in here.

gunicorn --threads 8 wsgi:app
"""

import os

from voucher.database import Database
from voucher.settings import read_settings
from workflows.app import create_app
from workflows.readiness import refuse_unless_ready

settings = read_settings(os.environ)
database = Database(settings.database_url)
refuse_unless_ready(settings, database)
database.close()  # each web process opens connections of its own
app = create_app(settings, database=database)
