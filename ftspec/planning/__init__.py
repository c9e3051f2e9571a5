"""The pure heart: documents and live state to a plan. Decides everything, touches nothing."""
