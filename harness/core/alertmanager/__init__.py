"""What Alertmanager does by what it has loaded: routes, inhibition, notifications."""
