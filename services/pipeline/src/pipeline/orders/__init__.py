"""Orders 订单: placed with lines, delivered whole, cancelled."""
