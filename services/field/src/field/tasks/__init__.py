"""Tasks 任务: what somebody is to do by a day, from reviews or by hand."""
