"""The video pipeline: reading -> detecting -> swapping -> encoding -> committing, each on a thread of its own."""
