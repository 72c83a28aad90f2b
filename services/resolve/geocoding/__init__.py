"""Asks a geocoder over HTTP where a street address lies, where a ZIP leaves the district in doubt. Off by default."""
