"""From leads 线索 to customers: registering the company that a lead is qualified into, or not."""
