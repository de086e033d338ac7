"""The receiver: where Alertmanager delivers, in the place of every destination of the subject's."""
