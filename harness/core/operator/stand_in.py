"""The words in the address of a stand-in for a destination: whoever writes it and whoever reads it have them from here.

The receiver that reads them runs in an image of its own, which has little more than aiohttp: nothing is imported here.
"""

#: in the stand-in's address: the name of the destination, and whether that one is told of the end of an alert
DESTINATION, SEND_RESOLVED = "destination", "send_resolved"
