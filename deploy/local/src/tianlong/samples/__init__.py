"""Sample companies: real data that goes in through the gateway, as any client's would.

derive    what a company's files do not say outright (staff, owners), as rows
loading   the way in: mappings, imports in order, sign-ins, closing figures
crm/      the files themselves, with their licence note
"""
