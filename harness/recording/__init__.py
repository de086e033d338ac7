"""What a run leaves on disk: samples, fault windows, deliveries, rules, logs."""
