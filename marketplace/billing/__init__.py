"""Invoices and credit notes: who sold what to whom, with which tax, under which number."""
