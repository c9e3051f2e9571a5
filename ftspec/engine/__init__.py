"""The thin shell around the heart: reads live state, walks steps, waits for jobs, through one narrow port."""
