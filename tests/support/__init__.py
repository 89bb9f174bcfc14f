"""What the integration tests have beside the shipped kit: many pips and Pythons, machines with an /etc of their own."""
