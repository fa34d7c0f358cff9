"""Papers as files: a quote as PDF, in Chinese and in English."""
