"""How old pictures are, stage by stage: cases, their measurement, and what came out."""
