"""The Oslo demo: its map, its people and the evening an operator watches."""
