"""Real Pythons, real pips, temporary environments: what the integration tests are made of."""
