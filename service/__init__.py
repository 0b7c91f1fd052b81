"""Meridian: from a consultation sign-up to a booked visit."""
