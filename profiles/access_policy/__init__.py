"""What decides who may use an app is changed: previewed, recorded, or left for a second officer to decide."""
