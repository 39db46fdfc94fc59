"""Programs that publish or watch; here what both share."""
