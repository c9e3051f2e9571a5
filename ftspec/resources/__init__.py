"""What ftspec manages, one module a kind. Pure: a kind declares, reads, observes, decides and steps."""
