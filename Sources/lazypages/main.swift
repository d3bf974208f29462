print("lazypages")
