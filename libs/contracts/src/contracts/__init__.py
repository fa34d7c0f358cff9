"""The published language: what services say to each other, and nothing else.

One module per publisher (`customers`, `pipeline`, `field`, `insights`), the shared values in
`values`, how an event is named and addressed in `envelope`, where it goes and who listens in
`topics`. Data only: a rule does not belong here.
"""
